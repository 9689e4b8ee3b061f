//! An online shop's last 180 days: orders, their items, and the stock.
//!
//! It refuses inconsistency: totals are the sums of their items, every item's product exists with the
//! same category, and `returned` says what `status` says.

use super::GeneratedFile;
use super::calendar::{date, days, days_to_month_end, weekday};
use super::catalogue::{self, BOOKS, CLOTHING, ELECTRONICS, HOME, Product, TOYS};
use super::csv::{Csv, fixed};
use super::random::{Random, Weighted};

const SEED: u64 = 0x5348_4F50;
const ORDERS: usize = 5_000;
const CUSTOMERS: usize = 1_150;
const DAYS: i64 = 180;
/// The newest order date: the dataset's "now".
const NOW: i64 = days(2026, 1, 31);
/// Nobody has sent anything back from orders this young (days).
const YOUNGEST_RETURN: i64 = 4;
/// Of 1,000 items that follow the first of an order, how many stay in its category.
const SAME_CATEGORY: usize = 880;

/// Category, share of items, share of its orders returned, share of items discounted (of 1,000 each).
/// Baskets mix, so the shares by main category lie a little further apart than what a report by
/// category shows (Clothing about 18 %, Books about 5 %).
const CATEGORIES: [(&str, usize, usize, usize); 5] = [
    (ELECTRONICS, 300, 94, 380),
    (CLOTHING, 350, 190, 450),
    (HOME, 200, 86, 400),
    (BOOKS, 100, 36, 280),
    (TOYS, 50, 84, 420),
];

struct Item {
    product: usize,
    quantity: i64,
    discount: i64,
}

struct Order {
    customer: usize,
    day: i64,
    main_category: usize,
    items: Vec<Item>,
    status: &'static str,
}

/// The products of one category and how well each sells.
struct Shelf {
    products: Vec<usize>,
    popularity: Weighted,
}

pub fn generate() -> Vec<GeneratedFile> {
    let mut random = Random::new(SEED);
    let products = shuffled_catalogue(&mut random);
    let stock = stock_levels(products.len(), &mut random);
    let mut orders = place_orders(&products, &mut random);
    settle(&mut orders, &mut random);
    vec![
        GeneratedFile {
            path: "ecommerce/orders.csv",
            text: orders_csv(&orders, &products),
        },
        GeneratedFile {
            path: "ecommerce/order_items.csv",
            text: items_csv(&orders, &products),
        },
        GeneratedFile {
            path: "ecommerce/inventory.csv",
            text: inventory_csv(&products, &stock),
        },
    ]
}

/// Shuffled, so that neighbouring product ids are not neighbours in kind.
fn shuffled_catalogue(random: &mut Random) -> Vec<Product> {
    let mut products = catalogue::products();
    random.shuffle(&mut products);
    products
}

/// 10 % none, another 20 % below 20: 30 % below 20 together.
fn stock_levels(count: usize, random: &mut Random) -> Vec<i64> {
    let bands = random.deck(count, &[((20, 320), 700), ((0, 0), 100), ((1, 19), 200)]);
    bands
        .into_iter()
        .map(|(low, high)| random.between(low, high))
        .collect()
}

fn place_orders(products: &[Product], random: &mut Random) -> Vec<Order> {
    let shelves: Vec<Shelf> = CATEGORIES
        .iter()
        .map(|(name, ..)| shelf(name, products, random))
        .collect();
    let shares: Vec<(usize, usize)> = CATEGORIES.iter().map(|category| category.1).enumerate().collect();
    let main_categories = random.deck(ORDERS, &shares);
    let customers = Weighted::new((0..CUSTOMERS).map(|_| 2 + random.below(9) * random.below(6)));
    let mut order_days = order_days(random);
    order_days.sort_unstable();
    let place = |(day, main_category)| {
        let count = [1, 2, 3, 4, 5][Weighted::new([270, 300, 240, 130, 60]).draw(random)];
        let items = basket(main_category, count, day, &shelves, random);
        Order {
            customer: customers.draw(random),
            day,
            main_category,
            items,
            status: "completed",
        }
    };
    order_days.into_iter().zip(main_categories).map(place).collect()
}

/// Popularity falls off with the position on a shuffled shelf: a few best sellers, a long tail.
fn shelf(category: &str, products: &[Product], random: &mut Random) -> Shelf {
    let mut members: Vec<usize> = (0..products.len())
        .filter(|&id| products[id].category == category)
        .collect();
    random.shuffle(&mut members);
    let popularity = Weighted::new((0..members.len()).map(|rank| 40_000 / (rank + 12)));
    Shelf {
        products: members,
        popularity,
    }
}

/// Weekends sell about 30 % more than working days.
fn order_days(random: &mut Random) -> Vec<i64> {
    let first = NOW - DAYS + 1;
    let weights = Weighted::new((first..=NOW).map(|day| if weekday(day) >= 5 { 133 } else { 100 }));
    let mut chosen: Vec<i64> = (0..ORDERS).map(|_| first + weights.draw(random) as i64).collect();
    chosen[0] = NOW;
    chosen
}

fn basket(main: usize, count: usize, day: i64, shelves: &[Shelf], random: &mut Random) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(count);
    while items.len() < count {
        let stays = items.is_empty() || random.chance(SAME_CATEGORY);
        let category = if stays {
            main
        } else {
            Weighted::new(CATEGORIES.map(|entry| entry.1)).draw(random)
        };
        let shelf = &shelves[category];
        let product = shelf.products[shelf.popularity.draw(random)];
        if items.iter().any(|item| item.product == product) {
            continue;
        }
        let quantity = [1, 2, 3][Weighted::new([780, 160, 60]).draw(random)];
        items.push(Item {
            product,
            quantity,
            discount: discount(category, day, random),
        });
    }
    items
}

/// In the last five days of a month discounts are more frequent and deeper.
fn discount(category: usize, day: i64, random: &mut Random) -> i64 {
    let month_end = days_to_month_end(day) < 5;
    let share = CATEGORIES[category].3 * if month_end { 150 } else { 90 } / 100;
    if !random.chance(share) {
        return 0;
    }
    let weights = if month_end {
        [10, 20, 25, 20, 15, 10]
    } else {
        [25, 30, 22, 13, 6, 4]
    };
    [5, 10, 15, 20, 25, 30][Weighted::new(weights).draw(random)]
}

/// Decides which orders came back and which were cancelled (3 %).
fn settle(orders: &mut [Order], random: &mut Random) {
    for (category, (.., returned_share, _)) in CATEGORIES.iter().enumerate() {
        let members = orders
            .iter()
            .filter(|order| order.main_category == category)
            .count();
        let old_enough =
            |order: &Order| order.main_category == category && order.day <= NOW - YOUNGEST_RETURN;
        mark(
            orders,
            "returned",
            members * returned_share / 1000,
            old_enough,
            random,
        );
    }
    mark(
        orders,
        "cancelled",
        ORDERS * 3 / 100,
        |order| order.status == "completed",
        random,
    );
}

fn mark(
    orders: &mut [Order],
    status: &'static str,
    count: usize,
    eligible: impl Fn(&Order) -> bool,
    random: &mut Random,
) {
    let mut candidates: Vec<usize> = (0..orders.len())
        .filter(|&index| eligible(&orders[index]))
        .collect();
    random.shuffle(&mut candidates);
    for &index in candidates.iter().take(count) {
        orders[index].status = status;
    }
}

/// Cents: the items' exact sum, rounded once.
fn total_cents(order: &Order, products: &[Product]) -> i64 {
    let hundredths: i64 = order
        .items
        .iter()
        .map(|item| products[item.product].price_cents * item.quantity * (100 - item.discount))
        .sum();
    (hundredths + 50) / 100
}

fn orders_csv(orders: &[Order], products: &[Product]) -> String {
    let mut csv = Csv::new(&[
        "order_id",
        "customer_id",
        "order_date",
        "total",
        "status",
        "returned",
    ]);
    for (index, order) in orders.iter().enumerate() {
        let total = fixed(total_cents(order, products), 2);
        let returned = order.status == "returned";
        csv.row(&[
            &order_id(index),
            &(order.customer + 1001),
            &date(order.day),
            &total,
            &order.status,
            &returned,
        ]);
    }
    csv.finish()
}

fn items_csv(orders: &[Order], products: &[Product]) -> String {
    let header = [
        "item_id",
        "order_id",
        "product_id",
        "category",
        "quantity",
        "price",
        "discount",
    ];
    let mut csv = Csv::new(&header);
    let items = orders
        .iter()
        .enumerate()
        .flat_map(|(index, order)| order.items.iter().map(move |item| (index, item)));
    for (item_index, (order_index, item)) in items.enumerate() {
        let product = &products[item.product];
        let price = fixed(product.price_cents, 2);
        let (item_id, order_id) = (item_index + 1, order_id(order_index));
        let product_id = item.product + 1;
        csv.row(&[
            &item_id,
            &order_id,
            &product_id,
            &product.category,
            &item.quantity,
            &price,
            &item.discount,
        ]);
    }
    csv.finish()
}

fn inventory_csv(products: &[Product], stock: &[i64]) -> String {
    let mut csv = Csv::new(&["product_id", "name", "category", "stock"]);
    for (index, (product, stock)) in products.iter().zip(stock).enumerate() {
        csv.row(&[&(index + 1), &product.name, &product.category, stock]);
    }
    csv.finish()
}

fn order_id(index: usize) -> usize {
    index + 10_001
}
