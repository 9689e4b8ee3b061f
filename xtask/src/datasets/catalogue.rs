//! The shop's 500 products: invented but ordinary names, each with a category and a list price.
//!
//! It refuses brands, people's names and chance: the catalogue is a plain table.

pub struct Product {
    pub name: String,
    pub category: &'static str,
    pub price_cents: i64,
}

pub const ELECTRONICS: &str = "Electronics";
pub const CLOTHING: &str = "Clothing";
pub const HOME: &str = "Home";
pub const BOOKS: &str = "Books";
pub const TOYS: &str = "Toys";

/// Electronics 150, Clothing 175, Home 100, Books 50, Toys 25.
pub fn products() -> Vec<Product> {
    let mut products = Vec::with_capacity(500);
    for (base, cents) in DEVICES {
        for (variant, percent) in [("Lite", 75), ("Plus", 100), ("Pro", 140)] {
            products.push(product(
                format!("{base} {variant}"),
                ELECTRONICS,
                cents * percent / 100,
            ));
        }
    }
    for (audience, percent) in [("Men's", 100), ("Women's", 105), ("Kids'", 60)] {
        for (garment, cents) in GARMENTS {
            products.push(product(
                format!("{audience} {garment}"),
                CLOTHING,
                cents * percent / 100,
            ));
        }
    }
    for (base, cents) in HOUSEHOLD {
        for (colour, percent) in [("White", 95), ("Charcoal", 100), ("Natural", 105), ("Navy", 100)] {
            products.push(product(format!("{colour} {base}"), HOME, cents * percent / 100));
        }
    }
    products.extend(
        TITLES
            .iter()
            .map(|(title, cents)| product((*title).into(), BOOKS, *cents)),
    );
    products.extend(
        PLAYTHINGS
            .iter()
            .map(|(toy, cents)| product((*toy).into(), TOYS, *cents)),
    );
    // Kids' sizes of the last five garments are not stocked: 175, not 180.
    products.retain(|product| !ADULTS_ONLY.contains(&product.name.as_str()));
    products
}

/// Shop prices end in 9 cents: 19.99, 21.49.
fn product(name: String, category: &'static str, cents: i64) -> Product {
    Product {
        name,
        category,
        price_cents: cents / 50 * 50 + 49,
    }
}

const ADULTS_ONLY: [&str; 5] = [
    "Kids' Silk Scarf",
    "Kids' Wool Coat",
    "Kids' Leather Belt",
    "Kids' Oxford Shirt",
    "Kids' Pencil Trousers",
];

const DEVICES: [(&str, i64); 50] = [
    ("Wireless Earbuds", 6900),
    ("Over-Ear Headphones", 14900),
    ("Bluetooth Speaker", 5900),
    ("Smart Watch", 17900),
    ("Fitness Band", 4900),
    ("10-inch Tablet", 24900),
    ("14-inch Laptop", 64900),
    ("27-inch Monitor", 22900),
    ("Mechanical Keyboard", 7900),
    ("Wireless Mouse", 2900),
    ("USB-C Hub", 3900),
    ("Webcam", 5400),
    ("Portable SSD 1 TB", 8900),
    ("Memory Card 128 GB", 1900),
    ("Power Bank", 3400),
    ("Wall Charger", 1900),
    ("Wireless Charger", 2400),
    ("Soundbar", 12900),
    ("E-Reader", 10900),
    ("Action Camera", 15900),
    ("Mirrorless Camera", 54900),
    ("Camera Tripod", 4400),
    ("Mini Projector", 18900),
    ("Smart Doorbell", 9400),
    ("Security Camera", 6400),
    ("Smart Thermostat", 11900),
    ("Smart Plug", 1400),
    ("LED Light Strip", 1900),
    ("Desk Microphone", 7400),
    ("Game Controller", 4900),
    ("Wi-Fi Router", 8400),
    ("Wi-Fi Extender", 3900),
    ("Network Switch", 4400),
    ("Laser Printer", 15900),
    ("Photo Printer", 11900),
    ("Label Printer", 4900),
    ("Digital Picture Frame", 7900),
    ("Turntable", 13900),
    ("Car Charger", 1400),
    ("Dash Camera", 7900),
    ("HDMI Cable", 1200),
    ("Phone Stand", 1600),
    ("Laptop Cooling Pad", 2900),
    ("Drawing Tablet", 9900),
    ("Noise Meter", 3400),
    ("Weather Station", 6900),
    ("Baby Monitor", 8900),
    ("Air Quality Monitor", 7400),
    ("Electric Toothbrush", 5900),
    ("Robot Vacuum", 27900),
];

const GARMENTS: [(&str, i64); 60] = [
    ("Cotton T-Shirt", 1700),
    ("Striped T-Shirt", 1900),
    ("Long-Sleeve T-Shirt", 2200),
    ("Polo Shirt", 2900),
    ("Linen Shirt", 3900),
    ("Flannel Shirt", 3700),
    ("Denim Shirt", 4200),
    ("Oxford Shirt", 4400),
    ("Slim Jeans", 5400),
    ("Straight Jeans", 5200),
    ("Relaxed Jeans", 5200),
    ("Chino Trousers", 4700),
    ("Cargo Trousers", 4900),
    ("Corduroy Trousers", 5100),
    ("Pencil Trousers", 5600),
    ("Joggers", 3600),
    ("Leggings", 2700),
    ("Running Shorts", 2400),
    ("Denim Shorts", 3100),
    ("Swim Shorts", 2600),
    ("Merino Sweater", 6900),
    ("Cable-Knit Sweater", 5900),
    ("Lambswool Cardigan", 6400),
    ("Fleece Pullover", 4400),
    ("Zip Hoodie", 4600),
    ("Pullover Hoodie", 4200),
    ("Sweatshirt", 3600),
    ("Rain Jacket", 7900),
    ("Down Jacket", 12900),
    ("Denim Jacket", 6900),
    ("Bomber Jacket", 7900),
    ("Softshell Jacket", 8900),
    ("Wool Coat", 14900),
    ("Parka", 13900),
    ("Quilted Vest", 5900),
    ("Tracksuit", 6900),
    ("Pyjama Set", 3400),
    ("Bathrobe", 3900),
    ("Thermal Base Layer", 3200),
    ("Sports Socks 3-Pack", 1200),
    ("Wool Socks 2-Pack", 1500),
    ("Cotton Underwear 5-Pack", 2400),
    ("Running Shoes", 8900),
    ("Canvas Sneakers", 4900),
    ("Leather Sneakers", 7900),
    ("Hiking Boots", 11900),
    ("Ankle Boots", 9900),
    ("Rain Boots", 4400),
    ("Sandals", 3400),
    ("House Slippers", 2200),
    ("Baseball Cap", 1700),
    ("Knit Beanie", 1600),
    ("Sun Hat", 2100),
    ("Wool Scarf", 2600),
    ("Silk Scarf", 3900),
    ("Leather Belt", 3200),
    ("Winter Gloves", 2300),
    ("Touchscreen Gloves", 1900),
    ("Canvas Backpack", 4900),
    ("Gym Bag", 3900),
];

const HOUSEHOLD: [(&str, i64); 25] = [
    ("Ceramic Vase", 2900),
    ("Linen Cushion Cover", 1700),
    ("Wool Throw", 4900),
    ("Cotton Bath Towel", 1900),
    ("Bath Mat", 1600),
    ("Duvet Cover Set", 5900),
    ("Fitted Sheet", 2600),
    ("Blackout Curtain", 3900),
    ("Table Lamp", 4400),
    ("Floor Lamp", 8900),
    ("Wall Clock", 2700),
    ("Picture Frame", 1400),
    ("Storage Basket", 1900),
    ("Laundry Hamper", 3400),
    ("Stoneware Mug", 1100),
    ("Dinner Plate Set", 4900),
    ("Cereal Bowl Set", 3400),
    ("Cast-Iron Pot", 7900),
    ("Tea Kettle", 4400),
    ("Cutting Board", 2400),
    ("Bread Box", 3600),
    ("Plant Pot", 1600),
    ("Area Rug", 11900),
    ("Side Table", 9900),
    ("Step Stool", 3900),
];

const TITLES: [(&str, i64); 50] = [
    ("A Short History of Rivers", 1700),
    ("The Lighthouse Keeper's Atlas", 1500),
    ("Bread at Home", 2400),
    ("Learning SQL Step by Step", 3400),
    ("The Quiet Orchard", 1300),
    ("Statistics for Curious People", 2900),
    ("Winter Trains", 1200),
    ("The Garden Year", 2100),
    ("One Pot Suppers", 2200),
    ("Maps and Their Makers", 2600),
    ("The Harbour Mystery", 1100),
    ("Night Sky Field Guide", 1900),
    ("Birds of the Coast", 2300),
    ("A Practical Guide to Woodworking", 2700),
    ("Letters from the Valley", 1400),
    ("The Clockwork Island", 1200),
    ("Everyday Vegetarian", 2100),
    ("Drawing for Beginners", 1800),
    ("Understanding the Weather", 2000),
    ("The Long Summer", 1300),
    ("Small Business Bookkeeping", 2800),
    ("Running Your First Marathon", 1700),
    ("The Mountain Railway", 1500),
    ("Home Repair Handbook", 2600),
    ("The Paper Bridge", 1200),
    ("Introduction to Photography", 2900),
    ("Tales from the Old Mill", 1000),
    ("The Science of Sleep", 1800),
    ("Knitting Patterns for All Seasons", 1900),
    ("Cities on the Water", 2400),
    ("The Last Ferry", 1100),
    ("Puzzles for Rainy Days", 900),
    ("Beginner's Italian", 2200),
    ("A Walk Through Number Theory", 3100),
    ("The Beekeeper's Notebook", 1700),
    ("Soup for Every Season", 1900),
    ("The Glass Observatory", 1400),
    ("Modern Typography", 3300),
    ("Gardens Under Glass", 2500),
    ("Chess Openings Explained", 2000),
    ("The Shepherd's Calendar", 1300),
    ("Foundations of Economics", 3900),
    ("Wild Swimming Places", 1800),
    ("The Tin Soldier's Map", 1000),
    ("Data Analysis in Practice", 3600),
    ("A Year on the Farm", 1600),
    ("The Red Notebook", 1200),
    ("Simple Electronics Projects", 2400),
    ("Bedtime Stories for Explorers", 1500),
    ("The Art of Tea", 1900),
];

const PLAYTHINGS: [(&str, i64); 25] = [
    ("Wooden Train Set", 3900),
    ("Building Blocks 200 Pieces", 2900),
    ("Building Blocks 500 Pieces", 4900),
    ("Plush Bear", 1900),
    ("Plush Rabbit", 1700),
    ("World Map Puzzle", 1600),
    ("1000-Piece Puzzle", 1800),
    ("Memory Card Game", 1100),
    ("Family Board Game", 2900),
    ("Strategy Board Game", 3900),
    ("Remote Control Car", 3400),
    ("Toy Kitchen", 7900),
    ("Doll House", 8900),
    ("Wooden Doll", 2100),
    ("Play Dough Set", 1400),
    ("Watercolour Set", 1500),
    ("Science Experiment Kit", 3200),
    ("Magnetic Tiles", 4400),
    ("Balance Bike", 6900),
    ("Kick Scooter", 5900),
    ("Toy Telescope", 3600),
    ("Stacking Rings", 1200),
    ("Musical Xylophone", 1900),
    ("Hand Puppet Set", 2300),
    ("Kite", 1600),
];
